// Does the work that a sign-up costs while far more of them come than usual. Without it a short wait does as well.
"use strict";

(() => {
  const form = document.querySelector("form[data-work]");
  if (!form || !window.crypto?.subtle) return;
  const button = form.querySelector("button");
  const told = document.createElement("p");
  told.className = "small quiet";
  told.setAttribute("role", "status");
  form.append(told);
  const bits = Number(form.dataset.bits);
  const text = new TextEncoder();

  const fits = (digest) => new DataView(digest).getUint32(0) >>> (32 - bits) === 0;
  const look = async (from, many) => {
    const tries = Array.from({ length: many }, (_, at) => from + at);
    const digests = await Promise.all(
      tries.map((at) => crypto.subtle.digest("SHA-256", text.encode(`${form.dataset.work}:${at}`))),
    );
    const hit = digests.findIndex(fits);
    return hit < 0 ? null : tries[hit];
  };
  const work = async () => {
    for (let from = 0; ; from += 500) {
      const found = await look(from, 500);
      if (found !== null) return found;
    }
  };

  button.disabled = true;
  told.textContent = form.dataset.doing;
  work().then((found) => {
    form.elements.work.value = String(found);
    told.textContent = form.dataset.done;
    button.disabled = false;
  });
})();
