"""Graphs: paths, trees, colours, flows, orders and families of people."""

from palestra.envs.row import row

ROWS = (
    row("graphs.graph_coloring:GraphColoring", "Color a graph so that joined nodes differ.", "nodes and edges"),
    row("graphs.shortest_path:ShortestPath", "Find a shortest path in a graph with lengths.", "nodes and edges"),
    row(
        "graphs.course_schedule:CourseSchedule",
        "Order courses so that each follows what it needs.",
        "courses and needs",
    ),
    row(
        "graphs.path_star:PathStar",
        "Find the one path from the centre of a star to the end of an arm.",
        "arms and length",
    ),
    row("graphs.maximum_flow:MaximumFlow", "Find the maximum flow through a network.", "nodes and pipes"),
    row(
        "graphs.minimum_spanning_tree:MinimumSpanningTree",
        "Join all nodes of a graph at the lowest cost.",
        "nodes and edges",
    ),
    row("graphs.bipartite_matching:BipartiteMatching", "Give out as many jobs as possible.", "workers and skills"),
    row("graphs.euler_trail:EulerTrail", "Walk along every edge exactly once.", "edges"),
    row("graphs.hamiltonian_path:HamiltonianPath", "Visit every node exactly once.", "nodes and edges"),
    row("graphs.connected_components:ConnectedComponents", "Group nodes that hang together.", "nodes and edges"),
    row(
        "graphs.strongly_connected:StronglyConnected", "Group nodes that reach each other along arcs.", "nodes and arcs"
    ),
    row("graphs.clique_finding:CliqueFinding", "Find a largest set of nodes that are all joined.", "nodes and edges"),
    row("graphs.vertex_cover:VertexCover", "Touch every edge with as few nodes as possible.", "nodes and edges"),
    row("graphs.tree_traversal:TreeTraversal", "List a binary tree in an order, or rebuild it from two.", "nodes"),
    row("graphs.lowest_common_ancestor:LowestCommonAncestor", "Find the lowest node above two others.", "nodes"),
    row("graphs.traveling_route:TravelingRoute", "Find a shortest round trip through all places.", "places"),
    row("graphs.button_lock:ButtonLock", "Open a lock with the fewest presses of its buttons.", "buttons and presses"),
    row("graphs.critical_path:CriticalPath", "Find a chain of tasks that takes longest.", "tasks and needs"),
    row("graphs.family_relationships:FamilyRelationships", "Tell what one person is to another.", "generations"),
    row("graphs.family_members:FamilyMembers", "Name all relatives of a kind that a person has.", "generations"),
)
