type Colour = readonly [red: number, green: number, blue: number, alpha: number];

/**
 * Contrast of a text's colour with the opaque one behind it, from 1 (same) to 21 (black on white);
 * both as browsers compute them, `rgb()` or `rgba()`.
 * Source: WCAG 2.2, "contrast ratio" and "relative luminance".
 */
export function contrast(text: string, background: string): number {
  const back = parse(background);
  const lights = [luminance(blend(parse(text), back)), luminance(back)];
  return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
}

function parse(colour: string): Colour {
  const [red, green, blue, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  if (red === undefined || green === undefined || blue === undefined) {
    throw new TypeError(`${JSON.stringify(colour)} is no rgb() colour`);
  }
  return [red, green, blue, alpha];
}

function blend(front: Colour, back: Colour): Colour {
  const [, , , alpha] = front;
  const mix = (one: number, other: number): number => alpha * one + (1 - alpha) * other;
  return [mix(front[0], back[0]), mix(front[1], back[1]), mix(front[2], back[2]), 1];
}

function luminance([red, green, blue]: Colour): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(channel: number): number {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
