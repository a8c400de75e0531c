"""The built-in verbs by their paths. A family (the verbs that share a first word) is one `spec`
module, imported when one of its verbs is looked up, so that a run loads only its own family."""

from __future__ import annotations

from homelab.catalogue import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from homelab.catalogue.values import Values
    from homelab.catalogue.verb import Verb


class Registry:
    """The built-in verbs of a `package`. By first word, `groups` says what its verbs are about, and
    `families` names the folder below the package whose spec.py describes them. `defaults` has the
    path of the verb that a group's word alone runs, for the groups that have such a verb."""

    __slots__ = ("_loaded", "_package", "defaults", "families", "groups")

    def __init__(
        self,
        package: str,
        groups: dict[str, str],
        families: dict[str, str],
        defaults: dict[str, str],
    ) -> None:
        self._package = package
        self.groups = groups
        self.defaults = defaults
        self.families = families
        self._loaded: dict[str, dict[str, Verb]] = {}

    def family(self, word: str) -> dict[str, Verb]:
        """The verbs in the spec of the first word `word`, by path; none if no built-in has it."""
        name = self.families.get(word, "")
        if name and name not in self._loaded:
            spec = __import__(f"{self._package}.{name}.spec", fromlist=["VERBS"])
            self._loaded[name] = {verb.path: verb for verb in spec.VERBS}
        return self._loaded.get(name, {})

    def find(self, path: str) -> Verb | None:
        """The built-in verb of that path, or None."""
        return self.family(path.partition(" ")[0]).get(path)

    def verb(self, path: str) -> Verb:
        """The built-in verb of that path. Raises KeyError if there is none."""
        return self.family(path.partition(" ")[0])[path]

    def owner(self, words: Sequence[str]) -> str:
        """The path of the built-in verb that a command line of `words` runs, by the rule of
        `resolve.owner`; "" if own verbs are looked up. For the words of an own verb: the built-in
        verb that runs instead."""
        word = words[0] if words else ""
        return resolve.owner(words, self.family(word), self.defaults.get(word, ""))

    def owner_behind(self, words: Sequence[str]) -> str:
        """The path of the built-in verb that takes any word behind `words`; "" if there is none, so
        that own verbs may begin with `words`."""
        return self.owner((*words, ""))

    def columns(self, verb: Verb, arguments: Values) -> tuple[Any, ...]:
        """The columns (`output.answer.Column`) that a built-in verb's table has for these
        arguments: the COLUMNS of its module, or what its `columns` returns. Columns that depend on
        the answer are not known: then there are none."""
        module: Any = __import__(verb.function.partition(":")[0], fromlist=["COLUMNS"])
        if hasattr(module, "columns"):
            return tuple(module.columns(arguments))
        return tuple(getattr(module, "COLUMNS", ()))

    def every(self) -> list[Verb]:
        """All built-in verbs, sorted by path."""
        verbs = {path: verb for word in self.families for path, verb in self.family(word).items()}
        return [verbs[path] for path in sorted(verbs)]

    def paths(self) -> frozenset[str]:
        """The paths of all built-in verbs."""
        return frozenset(path for word in self.families for path in self.family(word))
