import { LabIcon } from '@jupyterlab/ui-components';

/** A lens over lines. */
export const findingsIcon = new LabIcon({
  name: 'cellmark:findings',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <path d="M3 5h12v2H3zm0 5h6v2H3zm0 5h5v2H3z"/>
    <path d="M15 9a5 5 0 1 0 2.900 9.070l3.020 3.020 1.410-1.410-3.020-3.020A5 5 0 0 0 15 9zm0 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6z"/>
  </g>
</svg>`
});
