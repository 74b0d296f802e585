// Keeps the board on the screen up to date: by the stream that htmx reads, or by asking again and again where streams
// do not get through. A hidden page asks for nothing, and a pause is remembered.
(() => {
  const TRIES = 3; // failures of the stream in a row, then the board is asked for
  const ASK_EVERY = 5_000; // milliseconds
  const ASK_AT_LEAST_EVERY = 60_000; // while nothing is answered
  const STREAM_AGAIN_AFTER = 60_000;
  const BOARD_WITHIN = 4_000; // of a stream: one that opens proves nothing, something between may hold it back

  let live = null; // the place of the board, one for each board that is switched to
  let bar, button;
  let paused = false;
  let source = null;
  let failures = 0;
  let heldBack = 0; // the timer of a stream that has brought no board yet
  let asking = null; // {timer, wait, since, etag, last} while the stream does not get through

  function say(state) {
    bar.dataset.state = state;
    bar.classList.toggle("live--on", state === "live" || state === "polling");
    document.getElementById("live-text").textContent = bar.dataset[state];
  }

  function follow() {
    if (!live) return;
    const wanted = !paused && !document.hidden;
    if (paused) say("paused");
    else if (!live.dataset.stream || bar.dataset.state === "paused") say("live");
    if (!live.dataset.stream) return;
    if (!wanted) {
      disconnect();
      clearTimeout(asking?.timer);
    } else if (asking) {
      ask();
    } else {
      connect();
    }
  }

  function connect() {
    if (live.hasAttribute("sse-connect")) return;
    live.setAttribute("sse-connect", live.dataset.stream);
    htmx.process(live);
    heldBack = setTimeout(beginAsking, BOARD_WITHIN);
  }

  function disconnect() {
    clearTimeout(heldBack);
    source?.close();
    source = null;
    if (!live.hasAttribute("sse-connect")) return;
    live.removeAttribute("sse-connect");
    htmx.process(live); // so that htmx forgets the stream and opens a new one when the attribute comes back
  }

  function beginAsking() {
    disconnect();
    asking ??= { wait: ASK_EVERY, etag: "", last: "" };
    asking.since = Date.now();
    ask();
  }

  document.addEventListener("htmx:sseOpen", () => {
    failures = 0;
    say("live");
  });
  document.addEventListener("htmx:sseMessage", () => {
    clearTimeout(heldBack);
    asking = null;
  });
  document.addEventListener("htmx:sseError", () => {
    failures += 1;
    if (failures > 1) say("lost"); // a stream that has lived its time ends with one error and comes back
    if (failures >= TRIES) beginAsking();
  });

  async function ask() {
    const now = asking;
    const place = live;
    clearTimeout(now.timer);
    if (Date.now() - now.since > STREAM_AGAIN_AFTER) {
      failures = TRIES - 1;
      connect();
      return;
    }
    try {
      const headers = { "HX-Request": "true", ...(now.etag && { "If-None-Match": now.etag }) };
      const answer = await fetch(place.dataset.board, { headers, cache: "no-store" });
      if (!answer.ok && answer.status !== 304) throw new Error(answer.statusText);
      if (answer.ok) {
        now.etag = answer.headers.get("ETag") ?? "";
        show(place, await answer.text(), now);
      }
      now.wait = ASK_EVERY;
      if (now === asking && place === live && !paused) say("polling");
    } catch {
      now.wait = Math.min(2 * now.wait, ASK_AT_LEAST_EVERY);
      if (now === asking && place === live && !paused) say("lost");
    }
    clearTimeout(now.timer);
    if (now === asking && place === live && !paused && !document.hidden) now.timer = setTimeout(ask, now.wait);
  }

  function show(place, board, now) {
    if (place !== live || now !== asking || paused || board === now.last) return;
    now.last = board;
    document.dispatchEvent(new Event("board:before"));
    htmx.swap(place, board, { swapStyle: "morph:innerHTML" }, { contextElement: place });
    document.dispatchEvent(new Event("board:after"));
  }

  function sayPause() {
    button.hidden = false;
    button.firstElementChild.textContent = paused ? button.dataset.resume : button.dataset.pause;
    const reload = document.getElementById("reload");
    if (reload) reload.hidden = !paused;
  }

  // A browser that keeps nothing for websites refuses both: there a pause lasts as long as the page.
  function recall() {
    if (!bar.dataset.remember) return;
    try {
      paused = localStorage.getItem(bar.dataset.remember) === "yes";
    } catch {}
  }

  function remember() {
    if (!bar.dataset.remember) return;
    try {
      localStorage.setItem(bar.dataset.remember, paused ? "yes" : "no");
    } catch {}
  }

  // The board that is on the screen now: at first, and after each switch.
  function begin() {
    const place = document.getElementById("live");
    if (place === live) return;
    source?.close();
    source = null;
    clearTimeout(heldBack);
    clearTimeout(asking?.timer);
    if (asking) Object.assign(asking, { etag: "", last: "" });
    live = place;
    bar = document.getElementById("live-bar");
    button = document.getElementById("pause");
    if (!bar) {
      live = null;
      return;
    }
    recall();
    sayPause();
    follow();
  }

  document.addEventListener("click", (event) => {
    if (!live || !event.target.closest?.("#pause")) return;
    paused = !paused;
    remember();
    sayPause();
    follow();
  });
  document.addEventListener("visibilitychange", follow);
  document.addEventListener("htmx:afterSettle", begin);
  document.addEventListener("DOMContentLoaded", () => {
    const open = htmx.createEventSource;
    htmx.createEventSource = (address) => (source = open(address));
    begin();
  });
})();
