// What the page uses of D3, the library that draws its scales and axes.
export { axisBottom, axisLeft } from "npm:d3-axis@3.0.1";
export { scaleLinear } from "npm:d3-scale@4.0.3";
export { select } from "npm:d3-selection@3.0.1";
