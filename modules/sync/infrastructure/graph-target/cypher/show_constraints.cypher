// Constraints of the graph; the engines name the columns differently. Grain: constraint. No parameters.
SHOW CONSTRAINTS
