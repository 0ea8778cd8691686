// A drawing comes in one message: what it has for each widget goes to that widget's model, as if
// it had come by itself.

function initialize({ model }) {
  let revision = model.get("told").revision;
  const tell = () => model.send({ kind: "known", revision });
  const hand = async ({ id, data }, buffers) => {
    let told;
    try {
      told = await model.widget_manager.get_model(id);
    } catch {
      return; // it has been closed meanwhile
    }
    await told._handle_comm_msg({ content: { data }, buffers });
  };
  const hear = (message, buffers) => {
    if (message.kind !== "drawing" || message.revision <= revision) return;
    if (message.revision > revision + 1) tell();
    revision = message.revision;
    let first = 0;
    for (const part of message.parts) {
      hand(part, buffers.slice(first, first + part.n_buffers));
      first += part.n_buffers;
    }
  };
  model.on("msg:custom", hear);
  tell();
  return () => model.off("msg:custom", hear);
}

export default { initialize };
