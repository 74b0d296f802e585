// Dragging by the handle, on top of the buttons: a drop becomes the same request that “Move” or “Take out” sends.
import Sortable from "sortablejs";

(() => {
  let dragged = null; // what is dragged, and where it came from; kept until the server has answered
  let cancelled = false;

  function send(item, move, place) {
    const form = item.querySelector("form");
    const { csrf_token, number, seen } = form.elements;
    const values = { csrf_token: csrf_token.value, number: number.value, seen: seen.value, move, place };
    const sent = htmx.ajax("POST", form.getAttribute("action"), { source: "#ordering", target: "#order", swap: "outerHTML", values });
    sent.catch(putBack);
  }

  function putBack() {
    dragged?.from.insertBefore(dragged.item, dragged.next);
    dragged = null;
  }

  function begin({ item, from }) {
    dragged = { item, from, next: item.nextElementSibling };
    cancelled = false;
  }

  // Sortable swallows the next click after a drag, even the one on a button later (SortableJS issue 1937): give it one.
  function spendClick() {
    document.documentElement.dispatchEvent(new MouseEvent("click"));
  }

  function end({ item, from, to, oldIndex, newIndex }) {
    setTimeout(spendClick);
    const taken = to.classList.contains("unplaced");
    if (cancelled || (from === to && (taken || oldIndex === newIndex))) putBack();
    else if (taken) send(item, "release", 1);
    else send(item, "to", [...to.children].indexOf(item) + 1);
  }

  function start() {
    const order = document.getElementById("order");
    const handles = order?.querySelectorAll("[data-handle]") ?? [];
    if (!handles.length) return;
    for (const handle of handles) handle.hidden = false;
    const places = order.querySelector(".places");
    places.hidden = false;
    // Inverted swapping: over the upper half of a place it goes before it, over the lower half behind it.
    const shared = { handle: "[data-handle]", animation: 0, forceFallback: true, fallbackOnBody: true, invertSwap: true, onStart: begin, onEnd: end };
    // A whole place, unless ideas are tied there: each of those is dragged alone.
    Sortable.create(places, { ...shared, draggable: ">li", filter: ".place--tied", preventOnFilter: false, group: { name: "order" } });
    for (const tied of order.querySelectorAll(".place--tied .place__ideas")) {
      Sortable.create(tied, { ...shared, draggable: ">li", sort: false, group: { name: "order", put: false } });
    }
    const free = order.querySelector(".unplaced");
    if (free) Sortable.create(free, { ...shared, draggable: ">li", sort: false, group: { name: "order" } });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !dragged) return;
    cancelled = true;
    document.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
  });
  document.addEventListener("htmx:responseError", putBack);
  document.addEventListener("htmx:afterSettle", () => {
    if (!document.querySelector("[data-handle][hidden]")) return;
    dragged = null;
    start();
  });
  // A page that the browser kept does not know what has been moved since.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  start();
})();
