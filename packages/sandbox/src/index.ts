export { seedDemo, type DemoProgress } from './demo/seed.ts'
export { landmarksFile, type Landmark } from './demo/landmarks.ts'
export { startSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts'
