// Streams bring the board by rank, the same for everybody: the order in which it is read here is this page's own.
(() => {
  const ASCENDING = ["rank", "title"];

  function sort() {
    const by = document.getElementById("live")?.dataset.sort;
    const body = document.querySelector("#board-table tbody");
    if (!by || by === "rank" || !body) return;
    const focused = document.activeElement;
    const rows = [...body.rows].sort((one, other) => one.dataset[by] - other.dataset[by]);
    rows.forEach((row, place) => {
      if (body.rows[place] !== row) body.insertBefore(row, body.rows[place]);
    });
    if (focused !== document.activeElement && body.contains(focused)) focused.focus({ preventScroll: true });
    for (const head of document.querySelectorAll("#board-table th[data-sort]")) {
      if (head.dataset.sort !== by) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", ASCENDING.includes(by) ? "ascending" : "descending");
    }
    for (const link of document.querySelectorAll("#sorting a")) {
      if (link.id === `sort-${by}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  for (const name of ["htmx:sseMessage", "board:after", "htmx:afterSettle"]) document.addEventListener(name, sort);
})();
