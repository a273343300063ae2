import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import type { Telemetry, World } from '@waypost/kernel'
import type { CheckinSpan } from './checkin-spans.ts'
import { hrTime, toOtlpMetrics } from './otlp-metrics.ts'

/**
 * Sends traces, metrics and log lines to a collector, by OTLP over HTTP. Its packages are loaded here and nowhere else, when
 * a collector is named. What it cannot take is dropped: nobody waits for it.
 */
export interface Otlp extends AsyncDisposable {
  emit(spans: readonly CheckinSpan[]): void
}

/** As the environment variables of OpenTelemetry have it. */
export interface OtlpSettings {
  /** Of the collector, to which `/v1/traces` and the like are added. */
  readonly endpoint: string
  readonly serviceName: string
  /** The share of check-ins that are traced, 0 to 1. */
  readonly ratio: number
}

const METRICS_EVERY_MS = 60_000
const SCOPE = { name: 'waypost' }
/** Pino's levels as those of OpenTelemetry. */
const SEVERITIES: Readonly<Record<number, number>> = { 10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21 }
const SAMPLED = 1
const INTERNAL = 0
const UNSET = 0

export async function openOtlp(
  world: World,
  parts: {
    readonly settings: OtlpSettings
    readonly telemetry: Telemetry
    readonly instance: string
    readonly version: string
    readonly gather: () => Promise<void>
  },
): Promise<Otlp> {
  const { settings, telemetry, instance, version, gather } = parts
  const [traces, traceExport, metricExport, logs, logExport, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/exporter-metrics-otlp-http'),
    import('@opentelemetry/sdk-logs'),
    import('@opentelemetry/exporter-logs-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const resource = resourceFromAttributes({
    'service.name': settings.serviceName,
    'service.version': version,
    'service.instance.id': instance,
  })
  const at = (signal: string) => ({ url: `${settings.endpoint}/v1/${signal}` })
  const spans = new traces.BatchSpanProcessor(new traceExport.OTLPTraceExporter(at('traces')))
  const metrics = new metricExport.OTLPMetricExporter(at('metrics'))
  const records = new logs.LoggerProvider({
    resource,
    processors: [new logs.BatchLogRecordProcessor(new logExport.OTLPLogExporter(at('logs')))],
  })
  const logger = records.getLogger(SCOPE.name)
  const startMs = world.clock.now()

  // A line as it was written: what must not be in one is withheld there already.
  const tapping = telemetry.tap((line) => {
    const { level, msg, time, ...attributes } = JSON.parse(line) as { level: number; msg?: string; time: string }
    logger.emit({
      timestamp: Date.parse(time),
      severityNumber: SEVERITIES[level] ?? 0,
      body: msg ?? '',
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [
          name,
          typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value),
        ]),
      ),
    })
  })

  async function exportMetrics(): Promise<void> {
    await gather()
    const data = await toOtlpMetrics(telemetry.metrics, { startMs, nowMs: world.clock.now() })
    await new Promise<void>((resolve) =>
      metrics.export({ resource, scopeMetrics: [{ scope: SCOPE, metrics: data }] }, () => resolve()),
    )
  }
  const exporting = world.timers.every(METRICS_EVERY_MS, exportMetrics)

  function readable(span: CheckinSpan): ReadableSpan {
    const { traceId, spanId, parentId, name, attributes } = span
    return {
      name,
      attributes,
      resource,
      instrumentationScope: SCOPE,
      kind: INTERNAL,
      spanContext: () => ({ traceId, spanId, traceFlags: SAMPLED }),
      ...(parentId !== undefined && { parentSpanContext: { traceId, spanId: parentId, traceFlags: SAMPLED } }),
      startTime: hrTime(span.startMs),
      endTime: hrTime(span.endMs),
      duration: hrTime(span.endMs - span.startMs),
      ended: true,
      status: { code: UNSET },
      links: [],
      events: [],
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    }
  }

  return {
    emit(all) {
      for (const span of all) spans.onEnd(readable(span))
    },
    async [Symbol.asyncDispose]() {
      exporting[Symbol.dispose]()
      tapping[Symbol.dispose]()
      await exportMetrics().catch(() => undefined)
      await Promise.allSettled([spans.shutdown(), records.shutdown(), metrics.shutdown()])
    },
  }
}
