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

// A large portfolio takes its time: say how much of it is sent.
document.addEventListener("htmx:xhr:progress", (event) => {
  const sending = document.querySelector(".sending");
  if (!sending || !event.detail.lengthComputable) return;
  sending.hidden = false;
  sending.querySelector("progress").value = event.detail.loaded / event.detail.total;
});
