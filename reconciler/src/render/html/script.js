"use strict";
// The filter and the order of the lines. Nothing is loaded, stored or sent.
(() => {
  const by = (id) => document.getElementById(id);
  const form = by("filter");
  const lists = Array.from(document.querySelectorAll("ol.lines"), (list) => {
    const lines = Array.from(list.children, (item, place) => ({ item, place, text: null }));
    return { list, lines, section: list.closest("section") };
  });
  const all = lists.flatMap(({ lines }) => lines);
  const chosen = ["verdict", "queue", "state"];
  const order = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  const text = (line) => (line.text ??= line.item.textContent.toLowerCase());
  const part = (line, name) => line.item.querySelector("." + name)?.textContent ?? "";

  function filter() {
    const words = by("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = chosen.map((name) => [name, by(name).value]).filter(([, value]) => value);
    const fits = (line) =>
      wanted.every(([name, value]) => line.item.dataset[name] === value) &&
      words.every((word) => text(line).includes(word));
    let shown = 0;
    for (const { lines, section } of lists) {
      let inside = 0;
      for (const line of lines) {
        const fit = fits(line);
        if (line.item.hidden === fit) line.item.hidden = !fit;
        inside += fit;
      }
      section.hidden = inside === 0;
      shown += inside;
    }
    by("shown").textContent = shown === all.length ? "" : `${shown} of ${all.length} lines shown`;
  }

  function sort() {
    const key = by("sort").value;
    for (const { list, lines } of lists) {
      const keyed = lines.map((line) => [key && part(line, key), line]);
      keyed.sort(([a, one], [b, other]) => order.compare(a, b) || one.place - other.place);
      list.append(...keyed.map(([, line]) => line.item));
    }
  }

  let waiting;
  by("find").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  chosen.forEach((name) => by(name).addEventListener("change", filter));
  by("sort").addEventListener("change", sort);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { filter(); sort(); }));
  form.hidden = all.length < 2;
})();
