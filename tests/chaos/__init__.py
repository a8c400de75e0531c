"""A seeded program that runs verbs under faults and checks that each event is accounted for."""
