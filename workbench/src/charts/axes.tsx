import type { ComponentChildren } from 'preact';

/** Of a chart's inner square. */
export const LEFT = 44;
export const TOP = 10;
export const SIDE = 260;

export interface Range {
  from: number;
  to: number;
}

/** Places in the square, by the ranges of its axes. */
export function scales(x: Range, y: Range) {
  return {
    x: (value: number) => LEFT + (SIDE * (value - x.from)) / (x.to - x.from),
    y: (value: number) => TOP + SIDE * (1 - (value - y.from) / (y.to - y.from)),
  };
}

interface Props {
  title: string;
  xTitle: string;
  yTitle: string;
  x: Range;
  y: Range;
  /** As the ticks are written. */
  format(value: number): string;
  children: ComponentChildren;
}

const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** A square chart with its axes. Beside it stands a table or a caption with the same figures. */
export function Chart({ title, xTitle, yTitle, x, y, format, children }: Props) {
  const at = scales(x, y);
  return (
    <svg class="chart" viewBox={`0 0 ${LEFT + SIDE + 14} ${TOP + SIDE + 40}`} role="img" aria-label={title}>
      {TICKS.map((tick) => {
        const [xValue, yValue] = [x, y].map(({ from, to }) => from + tick * (to - from)) as [number, number];
        return (
          <g key={tick}>
            <path
              class="grid"
              d={`M${at.x(xValue)} ${TOP}V${TOP + SIDE}M${LEFT} ${at.y(yValue)}H${LEFT + SIDE}`}
            />
            <text x={at.x(xValue)} y={TOP + SIDE + 15} text-anchor="middle">
              {format(xValue)}
            </text>
            <text x={LEFT - 6} y={at.y(yValue) + 4} text-anchor="end">
              {format(yValue)}
            </text>
          </g>
        );
      })}
      {children}
      <text x={LEFT + SIDE / 2} y={TOP + SIDE + 33} text-anchor="middle">
        {xTitle}
      </text>
      <text transform={`translate(11 ${TOP + SIDE / 2}) rotate(-90)`} text-anchor="middle">
        {yTitle}
      </text>
    </svg>
  );
}

export function linePath(points: readonly (readonly [x: number, y: number])[]): string {
  return `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`;
}
