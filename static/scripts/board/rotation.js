// The big screen: from board to board, each for a quarter of a minute, as long as nobody pauses it.
(() => {
  const SHOWN_FOR = 15_000; // milliseconds
  const HELD_FOR = 30_000; // after the mouse has moved over the board: a mouse that was left there holds nothing
  let clock = null;
  let held = 0;

  const paused = () => document.getElementById("live-bar").dataset.state === "paused";

  function run() {
    if (paused() || held || document.hidden) clock?.pause();
    else clock?.play();
  }

  // The bar that fills is the clock itself, so what is seen is what is waited for.
  function begin() {
    clock?.cancel();
    const frames = [{ transform: "scaleX(0)" }, { transform: "scaleX(1)" }];
    clock = document.getElementById("screen-progress").animate(frames, { duration: SHOWN_FOR, fill: "forwards" });
    clock.onfinish = () => document.getElementById("next").click();
    run();
  }

  function hold(event) {
    if (!event.target.closest?.("#live")) return;
    clearTimeout(held);
    held = setTimeout(() => {
      held = 0;
      run();
    }, HELD_FOR);
    run();
  }

  document.addEventListener("pointermove", hold);
  document.addEventListener("pointerover", (event) => {
    if (!held || event.target.closest?.("#live")) return;
    clearTimeout(held);
    held = 0;
    run();
  });
  document.addEventListener("click", run);
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.target.closest("a, button")) return;
    event.preventDefault();
    document.getElementById("pause").click();
  });
  document.addEventListener("visibilitychange", run);
  document.addEventListener("DOMContentLoaded", begin);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "screen") begin();
  });
  // The server may be away for a while: the board stays, and the next one is tried again.
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, begin);
  // The screen stays on; where the browser does not let it, the computer's own settings must.
  const stayOn = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => {});
  document.addEventListener("visibilitychange", stayOn);
  stayOn();
})();
