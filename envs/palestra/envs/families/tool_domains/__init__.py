"""Tool domains: a world in a database, wishes of a customer, and a judgement by the rows that changed."""

from palestra.envs.row import Kind, row

ROWS = (
    row(
        "tool_domains.retail.family:RetailDesk",
        "Serve a customer of a shop by its rules.",
        "wishes, what is left unsaid, other orders and traps",
        kind=Kind.TOOLS,
    ),
    row(
        "tool_domains.airline.family:AirlineDesk",
        "Serve a traveller by the rules of an airline.",
        "wishes, what is left unsaid, other trips and traps",
        kind=Kind.TOOLS,
    ),
    row(
        "tool_domains.calendar.family:CalendarDesk",
        "Keep the calendar of a team over several time zones.",
        "wishes, what is left unsaid, other events and traps",
        kind=Kind.TOOLS,
    ),
    row(
        "tool_domains.file_system.family:FileSystemDesk",
        "Put a tree of files into order.",
        "wishes, what is left unsaid, other files and traps",
        kind=Kind.TOOLS,
    ),
    row(
        "tool_domains.bank.family:BankDesk",
        "Serve a customer of a bank by its rules.",
        "wishes, what is left unsaid, other accounts and traps",
        kind=Kind.TOOLS,
    ),
    row(
        "tool_domains.compiled.family:CompiledWorld",
        "Work with tools and rules that are drawn anew for each task.",
        "wishes, what is left unsaid, other things and traps",
        kind=Kind.TOOLS,
    ),
)
