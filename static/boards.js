// On top of the stream that htmx reads: a pause, no connection while the page is hidden, and a flash on rows that moved.
"use strict";

(() => {
  const live = document.getElementById("live");
  if (!live?.hasAttribute("sse-connect")) return;
  const pause = document.getElementById("pause");
  const bar = document.getElementById("live-bar");
  const address = live.getAttribute("sse-connect");
  const PAUSED = "ruhrvote-boards-paused";
  let paused = localStorage.getItem(PAUSED) === "yes";
  let source = null;
  let connections = 0;

  live.addEventListener("htmx:sseOpen", (event) => {
    source = event.detail.source;
    follow();
  });

  function follow() {
    const wanted = !paused && !document.hidden;
    const closed = source?.readyState === EventSource.CLOSED;
    if (!wanted && source) source.close();
    if (wanted && closed) {
      source = null;
      // A changed attribute makes htmx connect anew; the server then sends the board as it is.
      live.setAttribute("sse-connect", `${address}?again=${++connections}`);
      htmx.process(live);
    }
  }

  function say() {
    pause.hidden = false;
    pause.firstElementChild.textContent = paused ? pause.dataset.resume : pause.dataset.pause;
    document.getElementById("live-text").textContent = paused ? bar.dataset.paused : bar.dataset.running;
    bar.classList.toggle("live--on", !paused);
    document.getElementById("reload").hidden = !paused;
  }

  pause.addEventListener("click", () => {
    paused = !paused;
    localStorage.setItem(PAUSED, paused ? "yes" : "no");
    say();
    follow();
  });
  document.addEventListener("visibilitychange", follow);
  say();

  const ranks = () => new Map([...live.querySelectorAll("tr[data-rank]")].map((row) => [row.id, Number(row.dataset.rank)]));
  let before = ranks();
  live.addEventListener("htmx:sseMessage", () => {
    const now = ranks();
    for (const [id, rank] of now) {
      const row = document.getElementById(id);
      row.classList.toggle("rose", rank < before.get(id));
      row.classList.toggle("fell", rank > before.get(id));
    }
    before = now;
  });
})();
