// Names the stored rows that resemble what is typed in a form. Without it, a button asks the same.
"use strict";

const form = document.querySelector("form[data-similar]");
const shown = document.getElementById("similar");
const WATCHED = new Set(["siret", "takeover.holder_siren", "name", "title", "place", "buyer_name"]);
const PAUSE_MS = 400;
let timer = 0;
let asked = 0;

async function ask() {
  const turn = ++asked;
  const answer = await fetch(form.dataset.similar, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    redirect: "error",
  }).catch(() => null);
  // An answer that a later question has overtaken says nothing any more.
  if (!answer || !answer.ok || turn !== asked) return;
  const part = new DOMParser().parseFromString(await answer.text(), "text/html");
  shown.replaceChildren(...part.body.childNodes);
}

form.addEventListener("input", (event) => {
  if (!WATCHED.has(event.target.name)) return;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE_MS);
});
