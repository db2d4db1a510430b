"use strict";
(() => {
  const PAGE = 24;
  const $ = (id) => document.getElementById(id);
  const tools = $("tools"), list = document.querySelector(".cards");
  const cards = [...list.children];
  cards.forEach((card, index) => { card.dataset.index = index; card.words = card.textContent.toLowerCase(); });
  const orders = {
    feed: (card) => Number(card.dataset.index),
    confidence: (card) => Number(card.dataset.confidence),
    delta: (card) => -Number(card.dataset.delta),
    time: (card) => -Number(card.dataset.time),
  };
  let family = "", page = 0, shown = cards;

  function draw() {
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    const visible = new Set(shown.slice(page * PAGE, (page + 1) * PAGE));
    cards.forEach((card) => { card.hidden = !visible.has(card); });
    $("page").textContent = `Page ${page + 1} of ${pages}`;
    $("back").disabled = page === 0;
    $("next").disabled = page === pages - 1;
    $("pages").hidden = pages === 1;
    $("none").hidden = shown.length > 0;
  }

  function choose() {
    const form = new FormData(tools);
    const group = form.get("group"), text = form.get("text").trim().toLowerCase();
    const key = orders[form.get("order")];
    shown = cards
      .filter((card) => !group || card.dataset.group === group)
      .filter((card) => !family || card.dataset.family === family)
      .filter((card) => !text || card.words.includes(text))
      .sort((a, b) => key(a) - key(b) || a.dataset.index - b.dataset.index);
    list.append(...shown);
    document.querySelectorAll(".part").forEach((part) => {
      part.setAttribute("aria-pressed", String(part.dataset.family === family));
    });
    page = 0;
    draw();
  }

  function turn(step) { page += step; draw(); list.scrollIntoView({ block: "start" }); }

  function move(step) {
    const visible = shown.filter((card) => !card.hidden);
    const at = visible.indexOf(document.activeElement.closest(".card"));
    const next = visible[at < 0 ? 0 : at + step];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  }

  const large = $("large");
  function enlarge(image) {
    large.querySelector("img").src = image.src;
    large.querySelector("img").className = image.className;
    large.querySelector("img").alt = image.alt;
    large.querySelector("figcaption").textContent = image.alt;
    large.image = image;
    if (!large.open) large.showModal();
  }
  function browse(step) {
    const images = [...large.image.closest(".card").querySelectorAll("img")];
    const next = images[images.indexOf(large.image) + step];
    if (next) enlarge(next);
  }

  tools.hidden = false;
  tools.addEventListener("input", choose);
  tools.addEventListener("submit", (event) => event.preventDefault());
  $("back").addEventListener("click", () => turn(-1));
  $("next").addEventListener("click", () => turn(1));
  $("clear").addEventListener("click", () => { tools.reset(); family = ""; choose(); });
  $("close").addEventListener("click", () => large.close());
  large.addEventListener("click", (event) => { if (event.target === large) large.close(); });
  list.addEventListener("click", (event) => {
    const button = event.target.closest(".zoom");
    if (button) enlarge(button.firstElementChild);
  });
  document.querySelectorAll(".part").forEach((part) => part.addEventListener("click", () => {
    family = family === part.dataset.family ? "" : part.dataset.family;
    choose();
  }));
  $("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (large.open) {
      if (event.key === "ArrowRight") browse(1);
      if (event.key === "ArrowLeft") browse(-1);
      return;
    }
    if (event.target.matches("input, select")) return;
    const image = event.target.matches(".card") && event.target.querySelector("img");
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "]") turn(1);
    else if (event.key === "[") turn(-1);
    else if (event.key === "/") { event.preventDefault(); tools.elements.text.focus(); }
    else if (event.key === "Enter" && image) { event.preventDefault(); enlarge(image); }
  });
  draw();
})();
