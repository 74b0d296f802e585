// The field for a letter's code: filled in from the QR code, and shown in fours while somebody types.
(() => {
  const field = document.getElementById("code");
  if (!field) return;

  const inFours = (text) =>
    text
      .toUpperCase()
      .replace(/[^0-9A-Z]/g, "")
      .replace(/(.{4})(?=.)/g, "$1-");

  // The code comes after a #, so that no server's log ever holds it; nor does the history from here on.
  const scanned = window.location.hash.slice(1);
  if (scanned) {
    window.history.replaceState(null, "", window.location.pathname);
    field.value = inFours(decodeURIComponent(scanned));
    document.getElementById("begin")?.focus();
  }

  field.addEventListener("input", (event) => {
    const atTheEnd = field.selectionStart === field.value.length;
    if (atTheEnd && event.inputType?.startsWith("insert")) field.value = inFours(field.value);
  });
})();
