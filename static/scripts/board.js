// A board that is kept up to date and moves.
import "./board/rows.js";
import "./board/live.js";
