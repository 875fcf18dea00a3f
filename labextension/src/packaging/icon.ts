import { LabIcon } from '@jupyterlab/ui-components';

/** A box that is closed. */
export const packageIcon = new LabIcon({
  name: 'cellmark:package',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <path d="M12 2l9 4.5v11L12 22l-9-4.500v-11zm0 2.240L6.300 7.100 12 9.900l5.700-2.800zM5 8.700v7.570l6 3v-7.600zm14 0l-6 2.970v7.600l6-3z"/>
  </g>
</svg>`
});
