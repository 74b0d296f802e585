// On top of boards that work without it: rows move to their new places, and a switch to another board is said.
(() => {
  const MOVES_FOR = 600; // milliseconds
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const running = new WeakMap(); // the animation of a row
  let before = new Map();
  let shown = ""; // the board to which `before` belongs: from one board to another nothing moves

  const board = () => document.getElementById("board-name")?.textContent ?? "";
  const table = () => document.querySelector("#board-table tbody");
  const rows = () => [...(table()?.rows ?? [])].filter((row) => row.id);
  const height = (row) => row.getBoundingClientRect().top - table().getBoundingClientRect().top;

  // Where the rows are seen at this moment, even in the middle of a move.
  function note() {
    shown = board();
    before = new Map(rows().map((row) => [row.id, { height: height(row), rank: Number(row.dataset.rank) }]));
  }

  function move() {
    if (board() !== shown) return;
    for (const row of rows()) {
      running.get(row)?.cancel();
      const was = before.get(row.id);
      if (!was) continue;
      row.classList.toggle("rose", Number(row.dataset.rank) < was.rank);
      row.classList.toggle("fell", Number(row.dataset.rank) > was.rank);
      const way = was.height - height(row);
      if (still.matches || Math.abs(way) < 1) continue;
      const frames = [{ transform: `translateY(${way}px)` }, { transform: "none" }];
      running.set(row, row.animate(frames, { duration: MOVES_FOR, easing: "ease-in-out" }));
    }
  }

  for (const name of ["htmx:sseBeforeMessage", "htmx:beforeSwap", "board:before"]) document.addEventListener(name, note);
  for (const name of ["htmx:sseMessage", "board:after"]) document.addEventListener(name, move);
  document.addEventListener("htmx:afterSettle", () => {
    move();
    note();
  });

  // A switch is an ordinary visit of which only a part is shown: it asks for the page, not for a fragment.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.boosted) delete event.detail.headers["HX-Request"];
  });
  let last = board();
  document.addEventListener("htmx:afterSettle", () => {
    const said = document.getElementById("board-said");
    if (said && board() !== last) said.textContent = board();
    last = board();
  });
})();
