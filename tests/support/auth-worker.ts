// The worker of the tests: what an application's file of its own would be.
import { serve } from '@hallpass/browser/worker-host'

serve()
