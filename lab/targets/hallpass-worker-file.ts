// The worker's file: the whole of it.
import { serve } from '@hallpass/browser/worker-host'

serve()
