"""From scored groups to optimizer updates; the reference policy, and the proof that rollouts are of these weights."""
