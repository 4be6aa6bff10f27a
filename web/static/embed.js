// <skord-stories src="https://…/embed?area=1.1" title="…">a link for those without scripts</skord-stories>
// Shows a campaign's stories in a frame as high as they need. No cookies, nothing stored, nothing from anybody else.
customElements.get("skord-stories") || customElements.define("skord-stories", class extends HTMLElement {
  static observedAttributes = ["src", "title"];

  connectedCallback() {
    if (!this.frame) {
      this.frame = document.createElement("iframe");
      this.frame.loading = "lazy";
      Object.assign(this.frame.style, { border: "0", display: "block", width: "100%", height: "24rem", colorScheme: "normal" });
    }
    this.hear ??= (event) => {
      // Only the frame itself is believed, and only from where it was loaded.
      if (event.source !== this.frame.contentWindow || event.origin !== this.from) return;
      const { skord, height } = event.data ?? {};
      if (skord === "height" && height > 0 && height < 20000) this.frame.style.height = `${height}px`;
    };
    addEventListener("message", this.hear);
    this.draw();
  }

  disconnectedCallback() {
    removeEventListener("message", this.hear);
  }

  attributeChangedCallback() {
    if (this.frame && this.isConnected) this.draw();
  }

  draw() {
    let address;
    try {
      address = new URL(this.getAttribute("src"), document.baseURI);
    } catch {
      return; // what was written between the tags stays
    }
    if (!/^https?:$/.test(address.protocol)) return;
    address.searchParams.set("fit", "yes");
    this.from = address.origin;
    this.frame.title = this.getAttribute("title") || "Skörd";
    if (this.frame.src !== address.href) this.frame.src = address.href;
    if (this.frame.parentNode !== this) this.replaceChildren(this.frame);
  }
});
