// The account: who one is, where one is signed in, and a new password.
import { Heading } from '../heading.tsx'
import { ChangePassword } from './change-password.tsx'
import { Devices } from './devices.tsx'
import { Profile } from './profile.tsx'

export function AccountPage({ waiting }: { waiting: boolean }) {
  return (
    <div className="account" inert={waiting}>
      <Heading>Account</Heading>
      <Profile waiting={waiting} />
      <Devices waiting={waiting} />
      <ChangePassword />
    </div>
  )
}
