// Comfort only; every page works without it. Work of many rounds goes on by itself.
document.querySelector("form[data-goes-on]")?.submit();
// A box in a table's head ticks all boxes of that table.
for (const all of document.querySelectorAll("input[data-ticks-all]")) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of all.closest("table").querySelectorAll("tbody input[type=checkbox]")) box.checked = all.checked;
  });
}
