/** Does `work` once before the event loop turns, however often it is asked for until then. */
export const onceATurn = (work: () => void): (() => void) => {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      work();
    });
  };
};
