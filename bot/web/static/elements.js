// @ts-check
// Finding the page's elements, and making new ones.

/**
 * The element with this id, which the page's template must have.
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type] the element's class, where more than an HTMLElement is needed
 * @returns {T}
 */
export function byId(id, type) {
  const el = document.getElementById(id);
  if (!(el instanceof (type ?? HTMLElement))) throw new Error(`the page has no such element: ${id}`);
  return /** @type {T} */ (/** @type {unknown} */ (el));
}

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {...(Node | string)} content
 */
export function make(tag, className, ...content) {
  const el = document.createElement(tag);
  if (className) el.className = className;
  el.append(...content);
  return el;
}

/**
 * A button that does something.
 * @param {string} className
 * @param {Node | string} label
 * @param {() => void} onPress
 */
export function button(className, label, onPress) {
  const el = make("button", className, label);
  el.type = "button";
  el.addEventListener("click", onPress);
  return el;
}

/**
 * One of the icons that the template holds ready.
 * @param {"check" | "close"} name
 */
export function icon(name) {
  const svg = byId(`icon-${name}`, HTMLTemplateElement).content.firstElementChild?.cloneNode(true);
  if (!(svg instanceof SVGElement)) throw new Error(`the page has no such icon: ${name}`);
  svg.setAttribute("aria-hidden", "true");
  return svg;
}
