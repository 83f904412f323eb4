import '@xyflow/react/dist/style.css';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize, useMediaQuery } from '@mantine/hooks';
import {
  Controls,
  type EdgeTypes,
  type NodeTypes,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from '@xyflow/react';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { EngineStatus } from '../../../../../src/client/client.ts';
import { useIsolations, useLeases } from '../../../data/guests.ts';
import { useRates } from '../../../data/traffic.ts';
import { useViolatingPlaces } from '../../../data/violating-guests.ts';
import { drawPicture } from './draw-picture.ts';
import { CrowdBox, GuestBox, SegmentBox, SharedBox, WorldBox } from './nodes.tsx';
import style from './picture.module.css';
import { TrafficEdge } from './traffic-edge.tsx';

/** NICs that are asked for one by one; of more than that a picture shows none that could be told apart. */
const mostNics = 600;

const nodeTypes: NodeTypes = {
  world: WorldBox,
  shared: SharedBox,
  segment: SegmentBox,
  guest: GuestBox,
  crowd: CrowdBox,
};
const edgeTypes: EdgeTypes = { traffic: TrafficEdge };
/** How much larger than its natural size it is drawn at most. */
const largest = 1.15;
const fit = { padding: '16px', maxZoom: largest } as const;

interface PictureProps {
  readonly status: EngineStatus;
  readonly leases: ReturnType<typeof useLeases>['data'];
}

function Picture({ status, leases }: PictureProps) {
  const { t } = useTranslation('overview');
  const scheme = useComputedColorScheme('light');
  const upright = useMediaQuery('(max-width: 48em)', window.innerWidth < 768);
  const rates = useRates(leases !== undefined);
  const violating = useViolatingPlaces();
  const isolations = useIsolations().data;
  const isolated = useMemo(() => new Set(isolations?.map(({ guest }) => guest)), [isolations]);
  const { nodes, edges, size } = useMemo(
    () => drawPicture({ status, leases, rates, violating, isolated, upright }),
    [status, leases, rates, violating, isolated, upright],
  );
  const { ref, width } = useElementSize();
  // As high as it needs to be at this width; the style sheet says how high at most.
  const height = 40 + size.height * Math.min(largest, width / (size.width + 40));
  const { fitView } = useReactFlow();
  const paneWidth = useStore((pane) => pane.width);
  const paneHeight = useStore((pane) => pane.height);
  // What stands there has changed, not only how it is; or how large the window is.
  const standing = nodes.map(({ id }) => id).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: fitted again whenever something else stands there.
  useEffect(() => {
    void fitView(fit);
  }, [standing, upright, paneWidth, paneHeight, fitView]);
  return (
    <div
      ref={ref}
      className={`surface ${style.picture}`}
      style={{ height }}
      data-upright={upright || undefined}
      data-part="picture"
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        colorMode={scheme}
        fitView
        fitViewOptions={fit}
        minZoom={0.15}
        maxZoom={2}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        zoomOnScroll={false}
        zoomOnDoubleClick={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
        aria-label={t('picture')}
        ariaLabelConfig={{
          'controls.ariaLabel': t('zoom'),
          'controls.zoomIn.ariaLabel': t('zoom-in'),
          'controls.zoomOut.ariaLabel': t('zoom-out'),
          'controls.fitView.ariaLabel': t('zoom-fit'),
        }}
      >
        {/* Where there is little room, two fingers do. */}
        {!upright && <Controls showInteractive={false} fitViewOptions={fit} />}
      </ReactFlow>
    </div>
  );
}

function PictureOfEach({ status }: { readonly status: EngineStatus }) {
  return <Picture status={status} leases={useLeases().data} />;
}

/** The site as a picture: from the world through the shared address and the segments to the guests, as it is now. */
export function SitePicture({ status }: { readonly status: EngineStatus }) {
  return (
    <ReactFlowProvider>
      {status.nics.total > mostNics ? (
        <Picture status={status} leases={undefined} />
      ) : (
        <PictureOfEach status={status} />
      )}
    </ReactFlowProvider>
  );
}
