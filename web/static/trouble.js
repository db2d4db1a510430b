// What could not be answered is said at the top of the page; HTMX alone would say nothing.
"use strict";
(() => {
  const say = (text) => {
    const place = document.getElementById("trouble");
    if (!place) return;
    place.textContent = text;
    place.hidden = !text;
    if (text) place.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("htmx:beforeRequest", () => say(""));
  document.addEventListener("htmx:sendError", () => say("The service does not answer. Try again in a moment."));
  document.addEventListener("htmx:responseError", (event) => {
    const { responseText, status } = event.detail.xhr;
    const page = new DOMParser().parseFromString(responseText, "text/html");
    const told = page.querySelector("[role=alert]") ?? page.body;
    say(told.textContent.trim().slice(0, 500) || `This was answered with ${status}.`);
  });
})();
