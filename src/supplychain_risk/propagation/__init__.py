"""What then? How a loss of capacity spreads through the network, week by week."""
