const SVG = 'http://www.w3.org/2000/svg';

/** Strokes of a 24 × 24 grid. */
const PATHS = {
  send: 'M5 12h13M12.5 5.5 19 12l-6.500 6.500',
  back: 'M15 5l-7 7 7 7',
  plus: 'M12 5v14M5 12h14',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14ZM16 16l4.500 4.500',
  close: 'M6 6l12 12M18 6 6 18',
  reply: 'M10 6 4.500 11.500 10 17M5 11.500h8.500a6 6 0 0 1 6 6V19',
  edit: 'M4.500 19.500l.9-4L15.800 5.100a1.700 1.700 0 0 1 2.400 0l.7.7a1.700 1.700 0 0 1 0 2.400L8.500 18.600l-4 .9ZM14 7l3 3',
  remove: 'M5 7h14M10 7V5h4v2M7 7l.8 12h8.400L17 7M10.500 10.500v5.500M13.500 10.500v5.500',
  smile: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM9 10v.5M15 10v.5M8.800 14a4 4 0 0 0 6.400 0',
  info: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 11v5M12 8v.3',
  down: 'M12 5v14M6 13l6 6 6-6',
  leave: 'M14 5H6v14h8M11 12h9M17 8.500l3.500 3.500-3.500 3.500',
  addPerson: 'M10 5a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7ZM4 19.500c0-3 2.500-5 6-5s6 2 6 5M19 8v6M16 11h6',
  switchUser: 'M8 5 4.500 8.500 8 12M5 8.500h13M16 12l3.500 3.500L16 19M19 15.500H6',
  warning: 'M12 5 3.500 19h17L12 5ZM12 10.500V14M12 16.500v.3',
} as const;

/** Name of an icon. */
export type IconName = keyof typeof PATHS;

/** An icon, for eyes alone: what it stands for is said in words beside it or by the label of its button. */
export function icon(name: IconName): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
