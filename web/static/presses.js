/* The queue of presses: sent in order, one at a time, each until it is answered, however long the server is gone. */

const PAUSES = [1, 2, 4, 8, 15];

/* ``send`` takes a press and returns { outcome, answer }: "done" with the answer, "again" to send it at once, or why it
   must wait ("gone", "ended", "stranger"). ``answered`` is told of each that is done; ``changed`` of everything. */
export function makePresses({ send, answered, changed }) {
  const list = [];
  let busy = false;
  let timer = null;
  let tries = 0;
  let state = "fine";
  let nextAt = 0;

  async function run() {
    if (busy || timer !== null || !list.length) return;
    const press = list[0];
    busy = true;
    press.begun = true;
    changed();
    const { outcome, answer } = await send(press);
    busy = false;
    if (outcome === "done") {
      list.splice(list.indexOf(press), 1);
      tries = 0;
      state = "fine";
      try {
        answered(press, answer);
      } finally {
        changed();
        run();
      }
      return;
    }
    if (outcome === "again" && press.again !== true) {
      press.again = true;
      run();
      return;
    }
    press.again = false;
    state = outcome === "again" ? "gone" : outcome;
    const seconds = PAUSES[Math.min(tries, PAUSES.length - 1)];
    tries += 1;
    nextAt = Date.now() + seconds * 1000;
    timer = setTimeout(now, seconds * 1000);
    changed();
  }

  /* Tries at once what waits for its next turn. */
  function now() {
    clearTimeout(timer);
    timer = null;
    run();
  }

  return {
    list,
    now,
    state: () => state,
    nextAt: () => (timer === null ? 0 : nextAt),
    find: (once) => list.find((press) => press.once === once) ?? null,
    of: (story) => list.filter((press) => press.story === story),
    add(press) {
      list.push({ ...press, at: Date.now(), begun: false });
      changed();
      run();
    },
    /* Takes out what must not be sent any more, and returns it. What is under way stays. */
    remove(wanted) {
      const out = list.filter((press) => !press.begun && wanted(press));
      for (const press of out) list.splice(list.indexOf(press), 1);
      if (out.length) changed();
      return out;
    },
  };
}

/* A name for one press, the same however often it is sent. */
export function newOnce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
