// A button beside a text that is made to be copied. Without a clipboard the text can be marked by hand.
for (const box of document.querySelectorAll("[data-copy]")) {
  const button = box.querySelector("button"), text = box.querySelector("textarea, input"), said = box.querySelector("[role=status]");
  text.addEventListener("focus", () => text.select());
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = box.dataset.done;
    } catch {
      text.focus(); // the browser refuses: it stands marked, ready for the keys
    }
  });
}
