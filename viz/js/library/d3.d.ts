// Types of what the page uses of D3.

/** From numbers to px. */
export interface LinearScale {
  (value: number): number;
  domain(): number[];
  range(): number[];
  ticks(count?: number): number[];
  tickFormat(count?: number, specifier?: string): (value: number) => string;
}
export function scaleLinear(domain: number[], range: number[]): LinearScale;

export interface Axis {
  (selection: Selection): void;
  tickValues(values: number[]): Axis;
  tickFormat(format: (value: number, n: number) => string): Axis;
  tickSizeInner(size: number): Axis;
  tickSizeOuter(size: number): Axis;
  tickPadding(px: number): Axis;
}
export function axisBottom(scale: LinearScale): Axis;
export function axisLeft(scale: LinearScale): Axis;

export interface Selection {
  attr(name: string, value: string | number | null | ((value: any, n: number) => string | null)): Selection;
  call(work: (selection: Selection) => void): Selection;
  select(selector: string): Selection;
  selectAll(selector: string): Selection;
  remove(): Selection;
}
export function select(node: Element): Selection;
