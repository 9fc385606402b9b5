"""Where the time of a request goes, as OpenTelemetry spans: request, operation, loader batch, SQL statement.

Nothing here is imported unless traces are configured. Then the application is made of the classes here instead of those
that they extend, so that without traces there is not even a question whether there are any.

Spans have no addresses, literals, variables, parameters or texts of exceptions.
"""
