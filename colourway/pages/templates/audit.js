"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const tools = $("tools");
  const sections = [...document.querySelectorAll("section[data-kind]")];
  const cards = [...document.querySelectorAll(".product")];
  cards.forEach((card, index) => { card.dataset.index = index; card.words = card.innerText.toLowerCase(); });
  const orders = {
    sure: (card) => Number(card.dataset.index),
    delta: (card) => -Number(card.dataset.delta),
    sku: (card) => card.dataset.sku,
  };

  function choose() {
    const form = new FormData(tools);
    const kind = form.get("kind"), text = form.get("text").trim().toLowerCase();
    const key = orders[form.get("order")];
    let shown = 0;
    for (const section of sections) {
      const ours = [...section.querySelectorAll(".product")];
      let visible = 0;
      for (const card of ours) {
        card.hidden = Boolean(text) && !card.words.includes(text);
        visible += !card.hidden;
      }
      ours.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.dataset.index - b.dataset.index));
      section.querySelector(".products").append(...ours);
      section.hidden = (Boolean(kind) && section.dataset.kind !== kind) || visible === 0;
      shown += section.hidden ? 0 : visible;
    }
    $("none").hidden = shown > 0;
  }

  tools.hidden = false;
  tools.addEventListener("input", choose);
  tools.addEventListener("submit", (event) => event.preventDefault());
  $("clear").addEventListener("click", () => { tools.reset(); choose(); });
  $("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input, select")) { event.preventDefault(); tools.elements.text.focus(); }
  });
})();
