"""Reading what organisations send: HR exports and sign-up sheets. Pure: neither Django nor a database.

`reading` turns bytes into rows, `guessing` says which column is what, `planning` says what each row would do to the
people who are known, `refused` hands refused rows back, `signups` reads the answers of a form tool.
"""
