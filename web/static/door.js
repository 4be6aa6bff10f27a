/* The way to the server: what a press is answered with, and whose login it is. */

import { queue, words } from "./cards.js";

const LONGEST = 30_000;
const LATER = new Set([0, 408, 425, 429]);

let token = words.token ?? "";

export const formToken = () => token;

/* Asks the desk, as a script; throws where nobody answers. */
export function ask(address, body = null) {
  return fetch(address, {
    method: body ? "POST" : "GET",
    body,
    headers: { "HX-Request": "true" },
    credentials: "same-origin",
    redirect: "manual",
    cache: "no-store",
    signal: AbortSignal.timeout(LONGEST),
  });
}

const leadsToLogin = (response) => /\/desk\/login(\?|$)/.test(response.headers.get("HX-Redirect") ?? "");

/* Returns who is logged in: "same" as before, "renewed" (the page's forms carry the new login's token now), "stranger",
   "ended", or "gone". */
export async function visit() {
  try {
    const response = await ask(queue.dataset.pulse);
    if (response.status === 401 || leadsToLogin(response)) return "ended";
    if (!response.ok) return response.status === 403 ? "ended" : "gone";
    const told = await response.json();
    if (String(told.account) !== queue.dataset.account) return "stranger";
    if (told.token === token) return "same";
    token = told.token;
    for (const each of document.querySelectorAll("input[name=token]")) each.value = token;
    return "renewed";
  } catch {
    return "gone";
  }
}

/* Sends a press once more or for the first time. Whatever is not the desk's own word about it is no answer. */
export async function send(press) {
  try {
    press.body.set("token", token);
    const response = await ask(press.address, press.body);
    if (response.status === 401 || leadsToLogin(response)) return { outcome: "ended" };
    if (response.status >= 500 || LATER.has(response.status)) return { outcome: "gone" };
    if (response.status === 403) {
      const who = await visit();
      if (who === "renewed") return { outcome: "again" };
      if (who !== "same") return { outcome: who };
    } else if (response.headers.get("X-Skord-Press") !== press.once) {
      return { outcome: "gone" };
    }
    const answer = {
      status: response.status,
      changes: response.headers.get("X-Skord-Changes"),
      gone: response.headers.get("X-Skord-Gone"),
      redirect: response.headers.get("HX-Redirect"),
      text: await response.text(),
    };
    return { outcome: "done", answer };
  } catch {
    return { outcome: "gone" };
  }
}
