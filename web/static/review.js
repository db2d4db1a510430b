// Review by keys. Whatever a key does stands on the page too, as a button, a link or a field with
// data-key; without this file everything can still be clicked.
"use strict";
(() => {
  const isTyping = (element) => element.matches("input:not([type=checkbox]), select, textarea");
  const boxes = () => [...document.querySelectorAll("[data-grid] input[name=item]")];
  let anchor = null;

  // Answers that refuse something are pages too: they say why, and what is there now.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if ([409, 422].includes(event.detail.xhr.status)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  const count = () => {
    const shown = document.querySelector("[data-chosen]");
    if (!shown) return;
    const chosen = boxes().filter((box) => box.checked).length;
    shown.textContent = chosen;
    for (const button of document.querySelectorAll("[data-grid] button[name=ruling]")) button.disabled = !chosen;
  };

  const chooseRange = (to, checked) => {
    const every = boxes();
    const [from, end] = [every.indexOf(anchor ?? to), every.indexOf(to)].sort((a, b) => a - b);
    for (const box of every.slice(Math.max(from, 0), end + 1)) box.checked = checked;
    count();
  };

  const columns = () => {
    const cards = [...document.querySelectorAll(".cards .card")];
    const other = cards.findIndex((card) => card.offsetTop !== cards[0].offsetTop);
    return other < 1 ? cards.length : other;
  };

  const moveInGrid = (key, extend) => {
    const every = boxes();
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() }[key];
    if (!step || !every.length) return false;
    const at = every.indexOf(document.activeElement);
    const to = every[at < 0 ? 0 : Math.min(Math.max(at + step, 0), every.length - 1)];
    to.focus();
    to.closest(".card").scrollIntoView({ block: "nearest" });
    if (extend) {
      anchor ??= every[Math.max(at, 0)];
      chooseRange(to, true);
    } else {
      anchor = to;
    }
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (!document.querySelector("[data-review]") || event.ctrlKey || event.altKey || event.metaKey) return;
    const keys = document.getElementById("keys");
    if (keys.open) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "?") {
      keys.showModal();
    } else if (!moveInGrid(event.key, event.shiftKey)) {
      const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (!target || target.disabled) return;
      if (target.matches("input")) target.focus();
      else if (!event.repeat || target.matches("a")) target.click();
    }
    event.preventDefault();
  });

  // What would be taken for the letters that were typed; the service reads them in the same way.
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.list) return;
    const typed = field.value.trim().toLowerCase();
    const words = [...field.list.options].map((option) => option.value);
    const meant = words.find((word) => word.toLowerCase() === typed) ?? words.find((word) => word.toLowerCase().startsWith(typed));
    field.parentElement.querySelector("output").textContent = !typed ? "" : meant ? `→ ${meant}` : "no such word";
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-open]")) {
      document.getElementById("keys").showModal();
    } else if (event.target.closest("[data-choose-all]")) {
      const all = boxes().some((box) => !box.checked);
      for (const box of boxes()) box.checked = all;
      count();
    } else if (event.target.matches("[data-grid] input[name=item]")) {
      if (event.shiftKey && anchor) chooseRange(event.target, event.target.checked);
      else anchor = event.target;
      count();
    }
  });

  document.addEventListener("htmx:load", () => { anchor = null; count(); });
  document.addEventListener("DOMContentLoaded", count);
  window.addEventListener("pageshow", count);
})();
