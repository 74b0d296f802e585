// A board that is kept up to date and moves.
import "./board/sorting.js"; // before the rows move to where it puts them
import "./board/rows.js";
import "./board/live.js";
