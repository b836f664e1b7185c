// Comfort only; every page works without it. Work of many rounds goes on by itself.
document.querySelector("form[data-goes-on]")?.submit();
// A box in a table's head ticks all boxes of that table.
for (const all of document.querySelectorAll("input[data-ticks-all]")) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of all.closest("table").querySelectorAll("tbody input[type=checkbox]")) box.checked = all.checked;
  });
}
// What is checked by its page is checked while it is written, too: the same form, the same answer. What was written before
// this script came, or brought back by the browser, counts as well; a check that got no answer is asked again.
for (const form of document.querySelectorAll("form[data-live-check]")) {
  let pause, asked = 0;
  const soon = (milliseconds) => {
    clearTimeout(pause);
    pause = setTimeout(check, milliseconds);
  };
  const check = async () => {
    const number = ++asked, said = new URLSearchParams(new FormData(form));
    said.set("action", "check");
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: said }).catch(() => null);
    if (number !== asked) return;
    if (!answer?.ok) return soon(3000);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (number !== asked) return;
    for (const id of ["live-look", "live-difference"]) {
      const fresh = page.getElementById(id);
      if (fresh) document.getElementById(id).replaceWith(fresh);
    }
  };
  form.addEventListener("input", (event) => {
    if (!event.target.closest("#live-look")) soon(500);
  });
  const written = (field) =>
    field.options ? [...field.options].some((one) => one.selected !== one.defaultSelected) : field.value !== field.defaultValue;
  if ([...form.querySelectorAll("input, select, textarea")].some((field) => !field.closest("#live-look") && written(field))) soon(0);
}
