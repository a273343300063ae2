import { parentPort, workerData } from 'node:worker_threads'
import { BEGUN, carryOut, type Job } from './job.ts'

/* A thread that copies a read model or looks at one. What goes wrong ends it, and whoever started it hears of that. */

parentPort!.postMessage(carryOut(workerData as Job, () => parentPort!.postMessage(BEGUN)))
