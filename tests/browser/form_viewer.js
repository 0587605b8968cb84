// Opens forms in form-js' own viewer and says what it makes of the answers. A test bundles and loads it; nobody else.
import { Form, createForm } from "@bpmn-io/form-js-viewer";

const CALM_FRAMES = 6; // conditions reach what depends on them a frame or two later

// Takes [{schema, context, data, files}]: `data` is the case's `context` with the answers laid over it, `files` are the
// values in it that stand for a chosen file. Returns, for each, `fields`, {path: {held, wrong}} of what shows (the value
// that the viewer holds, its complaints), and `seen`, the document that conditions look at.
window.judge = async (submissions) => {
  const opened = await Promise.all(submissions.map(open));
  await settled(opened);
  return opened.map(({ form, container }) => {
    const said = read(form);
    form.destroy();
    container.remove();
    return said;
  });
};

// Returns whether each pattern, tried as the viewer tries it, is found in each text; null for one that it cannot read.
window.found = (patterns, texts) => patterns.map((pattern) => {
  try {
    return texts.map((text) => new RegExp(pattern).test(text));
  } catch {
    return null;
  }
});

async function open({ schema, context, data, files }) {
  const container = document.body.appendChild(document.createElement("div"));
  const initialData = await beginning(schema, context);
  const form = new Form({ container });
  const imported = form.importSchema(schema, data);
  // All of this before anything is drawn. The answers were typed, the form began with the case alone: that is what
  // conditions fall back on. A key without its file would be dropped.
  form._setState({ initialData });
  for (const key of files) form.get("fileRegistry").setFiles(key, [new File(["%PDF-1.7"], "planta.pdf")]);
  await imported;
  return { form, container };
}

async function beginning(schema, data) {
  const form = await createForm({ schema, data });
  const { initialData } = form._getState();
  form.destroy();
  return initialData;
}

async function settled(opened) {
  for (let calm = 0, before = ""; calm < CALM_FRAMES; ) {
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    const now = JSON.stringify(opened.map(({ form }) => [form._getState().data, shown(form).map(({ valuePath }) => valuePath)]));
    calm = now === before ? calm + 1 : 0;
    before = now;
  }
}

function shown(form) {
  return form.get("formFieldInstanceRegistry").getAllKeyed();
}

function read(form) {
  const errors = form.validate();
  const { data, initialData } = form._getState();
  const at = (document, path) => path.reduce((inner, key) => inner?.[key], document);
  const fields = shown(form).map(({ id, valuePath, indexes }) => [
    valuePath.join("."),
    { held: at(data, valuePath) ?? null, wrong: at(errors, [id, ...Object.values(indexes ?? {})]) ?? [] },
  ]);
  const seen = { ...initialData, ...form.get("conditionChecker").applyConditions(data, data) };
  return { fields: Object.fromEntries(fields), seen };
}
