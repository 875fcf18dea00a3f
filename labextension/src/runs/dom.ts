/** An element with these attributes and content; a property that is undefined is left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) {
      made.setAttribute(name, value);
    }
  }
  made.append(...content);
  return made;
}

/** Words with what stands between backticks set as code. */
export function coded(words: string): (Node | string)[] {
  return words
    .split('`')
    .map((part, at) => (at % 2 === 1 ? element('code', {}, part) : part))
    .filter(part => part !== '');
}

/** Change what a part of the page holds; if what the keyboard was at goes, `otherwise` leads it on. */
export function keepingFocus(
  part: HTMLElement,
  change: () => void,
  otherwise = (): void => {
    part.focus();
  }
): void {
  const held = holdsFocus(part);
  change();
  if (held && !holdsFocus(part)) {
    otherwise();
  }
}

/** Whether the keyboard is at something in there that is seen. */
function holdsFocus(part: HTMLElement): boolean {
  const { activeElement } = document;
  return part.contains(activeElement) && !activeElement?.closest('.lm-mod-hidden');
}
