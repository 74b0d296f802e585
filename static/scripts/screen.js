// The board on the big screen.
import "./board/rows.js";
import "./board/live.js";
import "./board/rotation.js";
