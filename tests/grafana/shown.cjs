// What Grafana's panels show, by Grafana's own library: reads a list of {panel, frames} from stdin,
// the frames as a data source's backend sends them, and writes for each what its transformations
// leave (titles and values of the fields of each frame), the texts of a table's cells, the numbers
// of a stat, and what the library warns of.
'use strict';

const data = require('@grafana/data');
const { lastValueFrom } = require('rxjs');

globalThis.window = {}; // asked whether this is a scene; not before, or React's hooks want a document

// Grafana's application fills both registries from this library's own transformers, and with the
// options that it lets people set. Custom options are the panels', and change no text.
data.standardTransformersRegistry.setInit(() =>
  [...new Set(Object.values(data.standardTransformers))].map((one) => ({ ...one, transformation: async () => one }))
);
data.standardFieldConfigEditorRegistry.setInit(() =>
  ['unit', 'decimals', 'min', 'max', 'noValue', 'mappings', 'thresholds', 'color', 'displayName'].map((id) => ({
    id,
    path: id,
    name: id,
    process: (value) => value,
    shouldApply: () => true,
  }))
);

const theme = data.createTheme();
const replaceVariables = (text) => text;
const text = (value) => `${value.prefix ?? ''}${value.text}${value.suffix ?? ''}`;

async function shown({ panel, frames }) {
  const decoded = frames.map((frame) => data.dataFrameFromJSON(frame));
  const known = panel.transformations.every((one) => data.standardTransformersRegistry.getIfExists(one.id));
  if (!known) {
    throw new Error(`${panel.title}: a transformation that Grafana does not have`); // it skips those
  }
  const changed = await lastValueFrom(data.transformDataFrame(panel.transformations, decoded));
  const { fieldConfig } = panel;
  const drawn = data.applyFieldOverrides({ data: changed, fieldConfig, replaceVariables, theme, timeZone: 'utc' });
  const result = {
    frames: drawn.map((frame) =>
      frame.fields.map((field) => ({
        title: data.getFieldDisplayName(field, frame, drawn),
        kind: field.type,
        values: Array.from(field.values, (value) => value ?? null),
        texts: panel.type === 'table' ? Array.from(field.values, (value) => text(field.display(value))) : [],
      }))
    ),
    numbers: [],
  };
  if (panel.type === 'stat') {
    const { reduceOptions } = panel.options;
    const values = data.getFieldDisplayValues({
      fieldConfig, reduceOptions, replaceVariables, theme, data: drawn, timeZone: 'utc',
    });
    result.numbers = values.map(({ display }) => ({
      title: display.title ?? '', number: display.numeric, text: text(display),
    }));
  }
  return result;
}

async function main() {
  const results = [];
  for (const asked of JSON.parse(require('node:fs').readFileSync(0, 'utf8'))) {
    const warnings = [];
    console.warn = (...words) => warnings.push(words.join(' '));
    results.push({ ...(await shown(asked)), warnings });
  }
  process.stdout.write(JSON.stringify(results)); // NaN becomes null
}

main();
