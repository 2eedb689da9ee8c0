// One server in a process of its own, told over IPC what to be; answers with its port and, when asked, with the CPU it has used.
import { servers, type Setting } from './servers.ts'

const [family = '', name = ''] = process.argv.slice(2)

process.once('message', (setting: Setting) => {
  void (async () => {
    const start = servers[family]?.[name]
    if (start === undefined) throw new Error(`there is no ${name} on ${family}`)
    const { server, credentials } = await start(setting)
    if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    process.send?.({ port: typeof address === 'object' ? address?.port : 0, credentials })
    process.on('message', () => process.send?.(process.cpuUsage()))
  })()
})
process.on('disconnect', () => process.exit(0))
