// Keeps the bar of rows being encoded up to date. Without this script it is as it was when the page was opened.
"use strict";

(() => {
  const bar = document.getElementById("encodage");
  const words = document.getElementById("encodage-mots");
  const ask = async () => {
    const answer = await fetch(bar.dataset.address, { headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) return; // signed out: the page stays as it is
    const progress = await answer.json();
    words.textContent = progress.words;
    bar.hidden = progress.total === 0;
    if (bar.hidden) return;
    bar.max = progress.total;
    bar.value = progress.done;
    setTimeout(ask, 5000);
  };
  setTimeout(ask, 5000);
})();
