"use strict";

// What a page can do only with a script; all else works without.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

const reveal = () => {
  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
};
document.addEventListener("DOMContentLoaded", reveal);
document.addEventListener("htmx:afterSettle", reveal);
