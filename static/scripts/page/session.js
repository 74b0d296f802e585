// Tells in time that the login is about to end. The sentence above the footer becomes a notice at the foot of the window.
(() => {
  const WARN_BEFORE = 180; // seconds
  const SAID_FOR = 10; // seconds
  const region = document.getElementById("session");
  if (!region) return;
  const otherTabs = "BroadcastChannel" in window ? new BroadcastChannel("ruhrvote-login") : null;
  let endsAt = 0;
  let final = false;
  let timer = 0;
  let cameFrom = null; // where the focus was before it went into the notice

  // States: quiet (nothing to see), said, soon, over.
  function show(state) {
    if (region.dataset.state !== state) region.dataset.state = state;
  }

  function look() {
    window.clearTimeout(timer);
    const left = (endsAt - Date.now()) / 1000;
    if (left <= 0) return show("over");
    region.toggleAttribute("data-final", final);
    for (const place of region.querySelectorAll("[data-login-time]")) {
      place.textContent = new Date(endsAt).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    }
    const soon = left <= WARN_BEFORE;
    if (soon || region.dataset.state !== "said") show(soon ? "soon" : "quiet");
    timer = window.setTimeout(look, 1000 * Math.max(0.5, soon ? left : left - WARN_BEFORE));
  }

  function expect(seconds, isFinal, tell) {
    endsAt = Date.now() + 1000 * seconds;
    final = isFinal;
    if (tell) otherTabs?.postMessage({ seconds, isFinal });
    look();
  }

  function readNotice() {
    const box = region.querySelector("[data-seconds]");
    expect(Number(box.dataset.seconds), "final" in box.dataset, true);
  }

  // One login in several tabs: using it in one puts off its end in all.
  otherTabs?.addEventListener("message", ({ data }) => expect(data.seconds, data.isFinal, false));
  // Timers stand still while a computer sleeps.
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", look);

  document.addEventListener("htmx:afterRequest", (event) => {
    const told = event.detail.xhr?.getResponseHeader("Login-Ends-In");
    if (told) expect(Number.parseInt(told, 10), told.endsWith("final"), true);
  });

  region.addEventListener("focusin", (event) => {
    if (!region.contains(event.relatedTarget)) cameFrom = event.relatedTarget;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== region) return;
    show("said");
    readNotice();
    window.setTimeout(() => {
      if (region.dataset.state === "said") show("quiet");
    }, 1000 * SAID_FOR);
    (cameFrom?.isConnected ? cameFrom : document.getElementById("main"))?.focus({ preventScroll: true });
  });

  readNotice();
})();
